import { hashOf, sandboxAdapterFile } from './adapter-file.ts';
import { createServer } from 'node:http';
const f = sandboxAdapterFile({baseModel:'z-image-turbo',role:'main',triggerWord:'x_yz',rank:16,alpha:16,seed:1,layers:1,megabytes:900});
let max=0; const watch=()=>{const m=process.memoryUsage();max=Math.max(max,m.rss);};
const t=setInterval(watch,20);
let t0=Date.now(); await hashOf(f); watch(); console.log('hash',Date.now()-t0,(max/1e6)|0, process.memoryUsage()); max=0;
