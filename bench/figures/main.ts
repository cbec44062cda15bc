/**
 * `npm run figures`: counts and costs that the protocol is judged by. With names, those only: rules, hostile, codec, python. What
 * needs Python finds it when scripts/test-python.sh has made its environment.
 */
import { codecFigures } from './codec.ts'
import { hostileFigures } from './hostile.ts'
import { pythonFigures } from './python.ts'
import { ruleFigures } from './rules.ts'

const sections: Readonly<Record<string, () => void | Promise<void>>> = {
  rules: ruleFigures,
  hostile: hostileFigures,
  codec: codecFigures,
  python: pythonFigures,
}

const wanted = process.argv.slice(2)
for (const name of wanted.length > 0 ? wanted : Object.keys(sections)) {
  const section = sections[name]
  if (section === undefined)
    throw new Error(`no figures named ${name}; there are ${Object.keys(sections).join(', ')}`)
  await section()
}
